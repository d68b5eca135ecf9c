/** How many cells a sparkline has. */
export const SPARK_CELLS = 12;

/** Prices as cells of different heights, the lowest of them lowest; blanks where there is no price. A flat line is in the middle. */
export function drawSparkline(prices: readonly (number | undefined)[], levels: readonly string[]): string {
  const known = prices.filter((price) => price !== undefined);
  const low = Math.min(...known);
  const range = Math.max(...known) - low;
  const cells = Array.from({ length: SPARK_CELLS }, (_, cell) => {
    const price = prices[cell];
    if (price === undefined) return ' ';
    const height = range === 0 ? 0.5 : (price - low) / range;
    return levels[Math.min(levels.length - 1, Math.floor(height * levels.length))] ?? '';
  });
  return cells.join('');
}
