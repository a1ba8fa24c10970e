"""Light, colour, mattes, layers: (H, W, C) float32, scene-linear unless named."""
