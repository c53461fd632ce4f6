"""«Отчёты»: figures of a period with the lists behind them, as a page, a file, a sheet of paper, forms for others."""
