"""What a user sets: where the server is, and per scene what is to be sent."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    IntProperty,
    IntVectorProperty,
    PointerProperty,
    StringProperty,
)

from . import seamline_link

HERE = __package__


class SeamlinePreferences(bpy.types.AddonPreferences):
    """Where the server listens and where the token lies; empty takes the environment's."""

    bl_idname = HERE

    url: StringProperty(name="Server", description="http://127.0.0.1:8765, or unix:/PATH")
    token_file: StringProperty(
        name="Token file", subtype="FILE_PATH", description="A file of mode 600"
    )
    folder: StringProperty(
        name="Shared folder",
        subtype="DIR_PATH",
        description="Where region mattes are written, on the storage that the server sees",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Show them."""
        for name in ("url", "token_file", "folder"):
            self.layout.prop(self, name)


class SeamlineAsk(bpy.types.PropertyGroup):
    """One ask of this scene. The wish is kept, so that sending it again is the same ask."""

    request: StringProperty()
    wish: StringProperty()
    ask: StringProperty()
    standing: StringProperty()
    says: StringProperty()
    returned: StringProperty()
    variation: IntProperty(
        name="Variation",
        min=1,
        default=1,
        description="Which of the variations is seen",
        update=lambda ask, context: _show(ask),
    )


def _show(ask: SeamlineAsk) -> None:
    from . import nodes

    nodes.show(ask.id_data, ask)


class SeamlineScene(bpy.types.PropertyGroup):
    """What is to be sent, and what was."""

    shot: StringProperty(name="Shot")
    region: EnumProperty(
        name="Region",
        items=[
            ("BOX", "Box", "A box, in pixels from the top left"),
            ("MASK", "Mask", "A mask, as the compositor draws it, frame by frame"),
            ("SEAM", "The seam", "Where the shot's own seam says"),
        ],
        default="BOX",
    )
    box: IntVectorProperty(
        name="X, Y, width, height",
        size=4,
        default=(0, 0, 1, 1),
        description="From the top left",
    )
    mask: PointerProperty(name="Mask", type=bpy.types.Mask)
    all_frames: BoolProperty(name="All frames alike", default=True)
    first: IntProperty(name="First", default=1001)
    last: IntProperty(name="Last", default=1001)
    variations: IntProperty(name="Variations", default=12, min=1, max=100)
    seed: IntProperty(name="Seed", default=1, min=0)
    generator: StringProperty(name="Generator", description="Empty: patch")
    references: StringProperty(name="References", description="Names, with commas between")
    standing: StringProperty(name="From version", description="One layer of it alone")
    layer: StringProperty(name="Layer")
    with_scene: BoolProperty(
        name="Camera and surfaces", default=True, description="Built when the painting is back"
    )
    asks: CollectionProperty(type=SeamlineAsk)


def link() -> seamline_link.Link:
    """Return the link that the preferences, or else the environment, describe."""
    said = preferences()
    path = bpy.path.abspath(said.token_file) if said and said.token_file else ""
    return seamline_link.Link.from_settings(said.url if said else "", path)


def preferences() -> SeamlinePreferences | None:
    """Return the add-on's preferences; None where it was not enabled as an add-on."""
    found = bpy.context.preferences.addons.get(HERE)
    return found.preferences if found else None


CLASSES = (SeamlinePreferences, SeamlineAsk, SeamlineScene)
