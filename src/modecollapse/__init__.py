"""Mode Collapse Study: train GAN variants, measure mode collapse, set the results beside published ones."""

__version__ = "0.1.0"
