import type { Bar } from '../market/bar.ts';
import type { BarHistory, BarHistoryRequest } from './bar-history.ts';

/** A history that is loaded when bars are first wanted: most runs want none. */
export class LazyHistory implements BarHistory {
  readonly simulated: boolean;
  readonly #load: () => Promise<BarHistory>;
  #loaded: Promise<BarHistory> | undefined;

  constructor(simulated: boolean, load: () => Promise<BarHistory>) {
    this.simulated = simulated;
    this.#load = load;
  }

  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<readonly Bar[]> {
    this.#loaded ??= this.#load();
    yield* (await this.#loaded).read(request, signal);
  }

  close(): void {
    this.#loaded?.then((history) => history.close()).catch(() => {});
  }
}
