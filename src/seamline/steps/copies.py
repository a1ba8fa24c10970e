from seamline.pixels.copies import Overlay


def is_held(found: Overlay) -> bool:
    return found.alike > 0.7
