"""The grid: what is reported, taken up, handled and answered for in a territory (派—办—馈—评)."""
