"""The words that a learner sees, in English and Chinese, and a font that can draw them."""
