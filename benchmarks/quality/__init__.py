"""Quality: how near measures come to what is true, on material that nothing was tuned on."""
