"""Which convergence measures of a run the report prints, in this order: label, decimals, note."""

from __future__ import annotations

HEADLINES = {
    "loss_blowup": ("Blow-up", 0, "1 if a loss or gradient is not finite or ends ten times above its median before"),
    "coverage_time:1": ("Steps to full coverage", 0, "held for four evaluations; censored at the budget"),
    "full_coverage_share": ("Time at full coverage", 2, "share of the last half of the evaluations with all modes"),
    "within_sd:modes": ("Endpoint noise (modes)", 2, "standard deviation over the last evaluations of a run"),
    "drawdown:modes": ("Largest loss of modes", 1, "deepest fall in the last half"),
    "hopping_rate": ("Mode hopping", 2, "share of successive evaluations whose dominant modes differ"),
    "sign_changes:loss_D": ("Turns of D's loss", 2, "per evaluation, detrended; 1/2 is noise, 1 alternation, 0 drift"),
    "peak_share:loss_D": ("Spectral peak of D's loss", 2, "share of its variance at one frequency; 1 is a sine"),
    "D_from_half": ("|D - 1/2|", 3, "mean at the end; 0 where D cannot tell; absent where D is no probability"),
    "last_to_first:grad_norm_G": ("G's gradient, end / start", 2, "of the thirds of the run; near 0 it vanishes"),
}
BEGAN_HEADLINES = {  # of BEGAN besides
    "began_ratio": ("E[L(G(z))] / E[L(x)]", 3, "over the last fifth; gamma in equilibrium"),
    "began_ratio_deviation": ("Its distance from gamma", 2, "as a share of gamma"),
    "began_k": ("k", 3, "mean at the end"),
    "began_k_at_0": ("k at 0", 2, "share of all steps"),
    "began_k_at_1": ("k at 1", 2, "share of all steps"),
    "began_M_global": ("M_global", 3, "mean at the end"),
    "rank_correlation:state_M_global:hq": ("M_global and quality", 2, "Spearman's, in a run; -1 if M_global tells it"),
    "given_time:state_M_global:hq": ("The same, given time", 2, "what remains where both only follow the training"),
}
