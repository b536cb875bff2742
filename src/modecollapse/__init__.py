"""Mode Collapse Study: train GAN variants over data sets and seeds, measure mode collapse, report what reproduces."""

__version__ = "0.1.0"
