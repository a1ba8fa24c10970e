"""Seamline in Nuke's menu. Put this folder on $NUKE_PATH; Nuke runs this file by itself."""

from __future__ import annotations

import seamline_panel

import nuke

_MENU = nuke.menu("Nuke").addMenu("Seamline")
_MENU.addCommand("Send the selected Roto or Crop...", seamline_panel.send_selected)
_MENU.addCommand("What was asked...", seamline_panel.show_asks)
_MENU.addCommand("Use the show's config", seamline_panel.use_config)
nuke.addOnScriptLoad(seamline_panel.go_on)
