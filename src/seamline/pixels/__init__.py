"""Light, colour, mattes and layers as mathematics: (H, W, C) float32, scene-linear unless named."""
