"""LaTeX's names for signs, and which letters can be raised and lowered."""


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SIGNS = _pairs("""
alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν
xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω
Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
infty ∞ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ emptyset ∅ varnothing ∅ ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ
angle ∠ degree ° prime ′ dagger † ddagger ‡ star ⋆ ast ∗ circ ∘ bullet • square □ triangle △ checkmark ✓ top ⊤ bot ⊥
sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀
ldots … dots … cdots ⋯ vdots ⋮ ddots ⋱ neg ¬ lnot ¬ surd √ imath ı jmath ȷ
langle ⟨ rangle ⟩ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lbrace { rbrace } lbrack [ rbrack ] vert | Vert ‖ lvert | rvert |
lVert ‖ rVert ‖ mid | backslash \\ pounds £ euro € copyright ©
""")
"""Signs that stand close to what is around them."""

RELATIONS = _pairs("""
le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ equiv ≡ approx ≈ sim ∼ simeq ≃ cong ≅ propto ∝ doteq ≐ ll ≪ gg ≫
lt < gt > in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ subsetneq ⊊ perp ⊥ parallel ∥ models ⊨ vdash ⊢
to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ implies ⇒
impliedby ⇐ mapsto ↦ longrightarrow ⟶ longleftarrow ⟵ Longrightarrow ⟹ longmapsto ⟼ hookrightarrow ↪ uparrow ↑
downarrow ↓ updownarrow ↕ rightharpoonup ⇀ rightleftharpoons ⇌ leadsto ⇝ nearrow ↗ searrow ↘
prec ≺ succ ≻ preceq ⪯ succeq ⪰ because ∵ therefore ∴ coloneqq ≔ colon :
times × cdot · div ÷ pm ± mp ∓ cup ∪ cap ∩ setminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ oplus ⊕ otimes ⊗ odot ⊙ bmod mod
""")
"""Relations and operators, which stand between blanks."""

NAMES = _words("""
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min
Pr sec sin sinh sup tan tanh
""")
"""Functions that are written as their name."""

BLANKS = {
    "quad": "  ",
    "qquad": "    ",
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
    " ": " ",
    "enspace": " ",
    "thinspace": " ",
}

IGNORED = _words("""
displaystyle textstyle scriptstyle limits nolimits big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr
left right middle nonumber notag hline
""")
"""Commands that say how something looks; `left` and `right` stand before a sign that is shown."""

VERBATIM = _words("text textrm textit textbf texttt textsf mbox operatorname")
"""Commands that set text, in which blanks count."""
UPRIGHT = VERBATIM | _words("""
mathrm mathit mathbf mathsf mathtt mathnormal boldsymbol bm mathcal mathscr mathfrak boxed
""")
"""Commands that set what follows in another face."""

DOUBLE = dict(zip("CHNPQRZABDEFGIJKLMOSTUVWXY1", "ℂℍℕℙℚℝℤ𝔸𝔹𝔻𝔼𝔽𝔾𝕀𝕁𝕂𝕃𝕄𝕆𝕊𝕋𝕌𝕍𝕎𝕏𝕐𝟙", strict=True))

ACCENTS = dict(zip(
    ("hat", "widehat", "bar", "overline", "tilde", "widetilde", "vec", "dot", "ddot", "underline"),
    "\u0302\u0302\u0304\u0305\u0303\u0303\u20d7\u0307\u0308\u0332", strict=True,
))  # fmt: skip

RAISED = dict(zip(
    "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφχ′∗*−T",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠᵡ′**⁻ᵀ", strict=True,
))  # fmt: skip
LOWERED = dict(zip(
    "0123456789+-=()aehijklmnoprstuvxβγρφχ−",
    "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₋", strict=True,
))  # fmt: skip

MATRICES = _pairs("pmatrix () bmatrix [] Bmatrix {} vmatrix || Vmatrix ‖‖ matrix [] smallmatrix [] array []")
ALIGNED = _words("align aligned alignat equation gather gathered split multline eqnarray align* equation* gather*")
