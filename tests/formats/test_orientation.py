"""A photograph comes in as it was held."""

import numpy as np
import OpenImageIO as oiio
import pytest

from seamline.formats.images import ImageFiles
from seamline.formats.ocio import Config, builtin_config_text


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.ocio"
    path.write_text(builtin_config_text())
    return ImageFiles(Config(str(path), sha256=None))


@pytest.mark.parametrize("code", range(1, 9))
def test_a_tiff_held_any_way_reads_like_openimageio_turns_it(tmp_path, images, code):
    path = str(tmp_path / "photo.tif")
    pixels = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(5, 3, 3)
    spec = oiio.ImageSpec(3, 5, 3, "uint8")
    spec.attribute("Orientation", code)
    held = oiio.ImageBuf(spec)
    held.set_pixels(oiio.ROI(0, 3, 0, 5), pixels)
    assert held.write(path)

    picture = images.read(path)

    upright = oiio.ImageBufAlgo.reorient(oiio.ImageBuf(path)).get_pixels(oiio.UINT8)
    np.testing.assert_array_equal(
        np.stack([picture.channels[n] for n in "RGB"], axis=-1), upright
    )
    assert picture.data_window[2:] == upright.shape[1::-1]
    assert images.header(path).data_window == picture.data_window
