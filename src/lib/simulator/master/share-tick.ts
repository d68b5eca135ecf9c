/** The tick of a share by its price: NSE's bands of 2025, coarsened. */
export function shareTick(price: number): number {
  if (price < 250) return 0.01;
  if (price < 1_000) return 0.05;
  return price < 10_000 ? 0.1 : 0.5;
}
