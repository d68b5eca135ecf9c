/** So many gaps of a symbol are remembered: a session with more has bars that were forming during each of them. */
const MAX_GAPS = 32;

/** When a symbol had gaps. Times are epoch milliseconds. */
export class GapTimes {
  /** From and to by turns, in order. */
  readonly #times: number[] = [];

  /** Two gaps may overlap, as one of a symbol and one of the whole feed: no time counts twice. */
  add(from: number, to: number): void {
    const last = this.#times.at(-1) ?? Number.NEGATIVE_INFINITY;
    const begin = Math.max(from, last);
    if (!(to > begin)) return;
    this.#times.push(begin, to);
    if (this.#times.length > 2 * MAX_GAPS) this.#times.splice(0, 2);
  }

  /** How much of a stretch of time was in gaps. */
  within(from: number, to: number): number {
    let sum = 0;
    for (let at = this.#times.length - 2; at >= 0; at -= 2) {
      const [gapFrom, gapTo] = [this.#times[at] as number, this.#times[at + 1] as number];
      if (gapTo <= from) break;
      sum += Math.max(0, Math.min(gapTo, to) - Math.max(gapFrom, from));
    }
    return sum;
  }
}
