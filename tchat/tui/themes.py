"""The themes that come with tchat: dark, light, and one of high contrast. Each has one accent colour."""

from textual.theme import Theme

DARK = Theme(
    name="tchat-dark",
    dark=True,
    primary="#74b3ce",
    secondary="#9aa7b8",
    accent="#74b3ce",
    foreground="#d8dbe2",
    background="#15171c",
    surface="#1b1e25",
    panel="#252932",
    success="#8fbf7f",
    warning="#d9a648",
    error="#e5737d",
    variables={"border": "#3a404d", "scrollbar": "#343a46", "scrollbar-background": "#15171c"},
)
LIGHT = Theme(
    name="tchat-light",
    dark=False,
    primary="#0b6580",
    secondary="#56606f",
    accent="#0b6580",
    foreground="#20242b",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e6e6e1",
    success="#2b6e2f",
    warning="#855700",
    error="#ad1f2d",
    variables={"border": "#c6c7c2", "scrollbar": "#cfd0ca", "scrollbar-background": "#fbfbf9"},
)
CONTRAST = Theme(
    name="tchat-contrast",
    dark=True,
    primary="#ffd84d",
    secondary="#ffffff",
    accent="#ffd84d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    success="#5dff7b",
    warning="#ffb000",
    error="#ff7b7b",
    text_alpha=1.0,
    variables={
        "border": "#ffffff",
        "scrollbar": "#9a9a9a",
        "scrollbar-background": "#000000",
        "foreground-muted": "#d0d0d0",
        "text-muted": "#d0d0d0",
        "foreground-disabled": "#a8a8a8",
        "text-disabled": "#a8a8a8",
    },
)

THEMES = (DARK, LIGHT, CONTRAST)
