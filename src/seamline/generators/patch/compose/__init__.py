"""
The composition: approved cards, back to front, as a matte painter sets them.

The sky is a layer of its own; a range is one to a few whole silhouettes, joined where
profile and body agree; woods and other near things stand before it, and an end that was
cut lies behind something nearer. Because every card is complete behind what hid it,
layers move freely and no hole opens.
"""
