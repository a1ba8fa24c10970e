"""The plates whose skies are replaced: how each is seen, drawn, lit, and given skies."""

from __future__ import annotations

from dataclasses import dataclass

BEHIND = "_behind"
"""What a plate is called that looks the other way, from where another plate is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """
    A plate whose sky is replaced.

    Attributes:
        source: Which picture; pan_deg, tilt_deg: how a camera looks into a panorama.
        key_deg: From where the plate is lit, azimuth and elevation as the show counts
            them; of a panorama its own sun.
        skies: Panoramas that were chosen for it, as a show approves references for a shot:
            keys within a lock's usual 15 degrees in elevation. Left out are an overcast sky
            over sunlit land (tamalpais), a sun that its lens has blown out to five degrees
            (kerner where it stands in frame) and one that is red in haze where the plate's
            own haze is white (quay over ridges).
        line: Drawn skyline, shares of width and height; empty where one is found.
        rim_px: How far around it the matte is worked out; plain, solid, blown: see
            ``mattes``; bare: around twigs; these are drawn in shares of width and
            height, too.
        flare: The middle of the plate's own sun, and how far around it what it has blown
            out is no land, surely and at most; shares of the width for these two.
        soft: How far out of focus what is far away is: a Gaussian's sigma, share of the width.
    """

    source: str
    pan_deg: float = 0.0
    tilt_deg: float = 0.0
    key_deg: tuple[float, float] | None = None
    skies: tuple[str, ...]
    line: tuple[tuple[float, float], ...] = ()
    rim_px: int = 6
    plain: bool = False
    solid: tuple[tuple[float, float], ...] = ()
    blown: tuple[tuple[float, float], ...] = ()
    bare: tuple[tuple[float, float], ...] = ()
    flare: tuple[float, float, float, float] | None = None
    soft: float = 0.0


SKIES = {
    "lake": Sky(source="lake", key_deg=(290.0, 40.0), skies=("garden", "puresky")),
    "hilly": Sky(source="hilly", pan_deg=-28.0, tilt_deg=8.0, skies=("spruit", "quay")),
    # half a turn around: its sun is behind the camera
    "hilly_behind": Sky(
        source="hilly", pan_deg=152.0, tilt_deg=8.0, skies=("spruit", "quay", "kerner")
    ),
    "dunes": Sky(
        source="dunes", key_deg=(265.0, 35.0), skies=("garden", "puresky"),
        # drawn over the picture: its sand is taken for a sunset
        line=(
            (0.0, 0.503), (0.091, 0.485), (0.13, 0.488), (0.215, 0.509), (0.26, 0.465),
            (0.326, 0.399), (0.365, 0.41), (0.417, 0.436), (0.456, 0.469), (0.501, 0.5),
            (0.547, 0.532), (0.566, 0.556), (0.625, 0.619), (0.69, 0.685), (0.755, 0.755),
            (0.84, 0.843), (0.9, 0.862), (1.0, 0.889),
        ),
        # sand blown off the crests, as far as it is seen before the sky, down to the ground
        blown=(
            (0.0, 0.53), (0.0, 0.475), (0.059, 0.465), (0.078, 0.455), (0.166, 0.455),
            (0.212, 0.465), (0.216, 0.511), (0.235, 0.52), (0.328, 0.415), (0.328, 0.385),
            (0.361, 0.339), (0.439, 0.243), (0.586, 0.191), (0.723, 0.226), (0.723, 0.382),
            (0.625, 0.6), (0.59, 0.6), (0.557, 0.57), (0.469, 0.51), (0.4, 0.455),
            (0.328, 0.44), (0.235, 0.54), (0.2, 0.54),
        ),
    ),
    "wren": Sky(
        # a long lens is focused on the bird, and the boulders behind it are blurred by as much
        source="wren", key_deg=(290.0, 45.0), rim_px=9, plain=True, soft=0.006,
        # a flank in full sun, as pale as the sky beside it
        solid=(
            (0.2002, 0.5694), (0.21, 0.5), (0.29, 0.4861), (0.29, 0.9375), (0.1562, 0.9375),
            (0.1562, 0.9236), (0.1553, 0.908), (0.1572, 0.8924), (0.1602, 0.8767),
            (0.1631, 0.8646), (0.1641, 0.849), (0.165, 0.8333), (0.168, 0.8212),
            (0.1709, 0.8142), (0.1807, 0.809), (0.1855, 0.7969), (0.1865, 0.7812),
            (0.1865, 0.7639), (0.1855, 0.7483), (0.1885, 0.7344), (0.1943, 0.717),
            (0.1895, 0.6979),
        ),
        skies=("puresky", "building_site"),
    ),
    # two that no sky was made with: plates first, then what their skies are taken from
    "larches": Sky(
        source="larches", key_deg=(300.0, 25.0), skies=("kerner", "hilly"), rim_px=9,
        # a wood before the range is found in its place
        line=(
            (0.000, 0.205), (0.029, 0.226), (0.059, 0.234), (0.127, 0.194), (0.195, 0.153),
            (0.293, 0.139), (0.337, 0.122), (0.391, 0.132), (0.439, 0.111), (0.508, 0.115),
            (0.547, 0.090), (0.586, 0.125), (0.635, 0.118), (0.674, 0.146), (0.771, 0.118),
            (0.820, 0.115), (0.869, 0.146), (0.884, 0.174), (0.938, 0.212), (0.977, 0.222),
            (1.000, 0.243),
        ),
        # limestone in the sun, as pale as the clouds behind it
        solid=(
            (0.061, 0.238), (0.077, 0.226), (0.086, 0.222), (0.090, 0.217), (0.093, 0.219),
            (0.095, 0.213), (0.100, 0.212), (0.104, 0.207), (0.134, 0.193), (0.138, 0.188),
            (0.142, 0.189), (0.144, 0.186), (0.157, 0.181), (0.163, 0.175), (0.169, 0.165),
            (0.181, 0.160), (0.198, 0.148), (0.212, 0.153), (0.216, 0.148), (0.234, 0.141),
            (0.256, 0.141), (0.267, 0.135), (0.273, 0.135), (0.280, 0.144), (0.286, 0.142),
            (0.308, 0.146), (0.319, 0.139), (0.336, 0.120), (0.340, 0.120), (0.355, 0.135),
            (0.363, 0.135), (0.367, 0.139), (0.390, 0.135), (0.393, 0.132), (0.400, 0.135),
            (0.415, 0.120), (0.419, 0.120), (0.427, 0.113), (0.441, 0.109), (0.460, 0.111),
            (0.463, 0.115), (0.467, 0.115), (0.469, 0.111), (0.473, 0.115), (0.492, 0.111),
            (0.505, 0.113), (0.508, 0.108), (0.515, 0.102), (0.527, 0.101), (0.544, 0.087),
            (0.557, 0.096), (0.560, 0.104), (0.562, 0.115), (0.575, 0.116), (0.583, 0.121),
            (0.594, 0.139), (0.614, 0.139), (0.632, 0.120), (0.638, 0.120), (0.641, 0.123),
            (0.651, 0.121), (0.656, 0.129), (0.657, 0.134), (0.659, 0.137), (0.664, 0.137),
            (0.665, 0.141), (0.666, 0.141), (0.673, 0.151), (0.677, 0.148), (0.682, 0.149),
            (0.694, 0.146), (0.700, 0.141), (0.718, 0.134), (0.721, 0.129), (0.746, 0.130),
            (0.749, 0.127), (0.758, 0.127), (0.768, 0.115), (0.782, 0.116), (0.784, 0.120),
            (0.790, 0.120), (0.801, 0.113), (0.810, 0.115), (0.812, 0.118), (0.822, 0.116),
            (0.824, 0.120), (0.825, 0.125), (0.827, 0.127), (0.839, 0.121), (0.862, 0.141),
            (0.871, 0.144), (0.873, 0.149), (0.880, 0.160), (0.881, 0.165), (0.882, 0.181),
            (0.889, 0.189), (0.899, 0.198), (0.904, 0.196), (0.907, 0.200), (0.909, 0.207),
            (0.918, 0.210), (0.929, 0.219), (0.929, 0.350), (0.061, 0.350),
        ),
        bare=(
            (0.930, 0.200), (0.930, 0.150), (0.955, 0.070), (0.965, 0.040), (1.000, 0.030),
            (1.000, 0.270), (0.970, 0.250),
        ),
    ),
    "ridges": Sky(
        source="ridges", key_deg=(180.2, 2.6), skies=("hilly", "spruit"),
        # the sun's own flare is found in its place
        line=(
            (0.000, 0.512), (0.073, 0.507), (0.127, 0.495), (0.200, 0.477), (0.225, 0.470),
            (0.273, 0.474), (0.322, 0.453), (0.391, 0.458), (0.449, 0.453), (0.547, 0.453),
            (0.586, 0.446), (0.645, 0.443), (0.723, 0.436), (0.820, 0.424), (0.850, 0.427),
            (0.898, 0.418), (1.000, 0.417),
        ),
        flare=(0.498, 0.41, 0.03, 0.055),
    ),
    # two more, drawn and chosen before anything was painted: dusk over a city, and fog over a
    # coast; of panoramas whose key is like theirs those no sky was made with, if there are any
    "strait": Sky(
        source="strait", key_deg=(50.0, 3.0), skies=("prairie", "meadow"), rim_px=3,
        line=(
            (0.000, 0.502), (0.020, 0.498), (0.032, 0.502), (0.042, 0.505), (0.051, 0.506),
            (0.068, 0.513), (0.098, 0.513), (0.137, 0.512), (0.166, 0.509), (0.195, 0.509),
            (0.222, 0.512), (0.276, 0.516), (0.312, 0.515), (0.335, 0.512), (0.358, 0.515),
            (0.407, 0.520), (0.456, 0.515), (0.488, 0.515), (0.500, 0.515), (0.520, 0.517),
            (0.542, 0.519), (0.598, 0.519), (0.684, 0.518), (1.000, 0.518),
        ),
    ),
    "tamalpais": Sky(
        source="tamalpais", key_deg=(234.0, 51.0), skies=("puresky",),
        line=(
            (0.000, 0.312), (0.013, 0.286), (0.029, 0.263), (0.052, 0.259), (0.075, 0.252),
            (0.095, 0.240), (0.107, 0.234), (0.112, 0.224), (0.119, 0.221), (0.142, 0.229),
            (0.151, 0.248), (0.168, 0.255), (0.176, 0.274), (0.188, 0.300), (0.198, 0.327),
            (0.201, 0.322), (0.500, 0.322), (0.684, 0.321), (0.741, 0.317), (0.780, 0.320),
            (0.874, 0.324), (0.907, 0.330), (0.972, 0.332), (1.000, 0.331),
        ),
    ),
    # two more that were added last, when all settings stood, and judged once: where nobody had
    # looked, with every panorama whose key is like theirs
    "kerner_behind": Sky(
        source="kerner", pan_deg=152.0, tilt_deg=8.0, skies=("garden", "spruit", "hilly"),
        # a white wall is found to be sky
        line=(
            (0.0000, 0.5194), (0.2344, 0.5083), (0.4297, 0.4972), (0.4359, 0.4722),
            (0.4437, 0.4583), (0.4562, 0.4889), (0.4625, 0.4722), (0.4719, 0.4167),
            (0.4781, 0.3944), (0.4836, 0.3889), (0.4852, 0.3028), (0.4898, 0.3028),
            (0.4914, 0.3833), (0.5000, 0.3778), (0.5156, 0.3722), (0.5391, 0.3833),
            (0.5547, 0.3694), (0.5687, 0.3611), (0.5797, 0.3889), (0.5844, 0.4583),
            (0.5891, 0.4778), (0.5922, 0.5361), (0.6016, 0.5417), (0.6250, 0.5472),
            (0.6359, 0.5278), (0.6438, 0.5000), (0.6641, 0.4778), (0.6875, 0.4778),
            (0.7125, 0.4944), (0.7172, 0.4444), (0.7312, 0.4028), (0.7578, 0.3750),
            (0.7812, 0.3722), (0.8125, 0.3889), (0.8281, 0.3972), (0.8609, 0.3917),
            (0.8688, 0.3556), (0.8984, 0.3333), (0.9297, 0.2917), (0.9531, 0.2778),
            (0.9766, 0.2500), (1.0000, 0.2333),
        ),
        # a street lamp, and a bare tree beside it
        solid=(
            (0.4552, 0.3008), (0.4744, 0.2997), (0.4753, 0.3106), (0.4844, 0.3100),
            (0.4848, 0.3028), (0.4891, 0.3028), (0.4897, 0.3072), (0.4984, 0.3064),
            (0.4987, 0.2942), (0.5184, 0.2936), (0.5191, 0.3211), (0.5003, 0.3219),
            (0.4984, 0.3156), (0.4900, 0.3164), (0.4906, 0.3806), (0.4916, 0.4167),
            (0.4859, 0.4167), (0.4853, 0.3167), (0.4766, 0.3178), (0.4759, 0.3256),
            (0.4566, 0.3269),
        ),
        bare=(
            (0.4562, 0.4944), (0.4594, 0.4222), (0.4719, 0.3833), (0.5156, 0.3694),
            (0.5594, 0.3500), (0.5797, 0.3556), (0.5844, 0.4167), (0.5906, 0.4583),
            (0.5906, 0.4861), (0.5719, 0.5333), (0.5312, 0.5444), (0.4562, 0.5222),
        ),
    ),
    "spruit_behind": Sky(
        source="spruit", pan_deg=152.0, tilt_deg=8.0, skies=("hilly", "quay", "kerner")
    ),
}  # fmt: skip
