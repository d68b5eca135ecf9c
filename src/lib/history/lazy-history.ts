import type { Bar } from '../market/bar.ts';
import type { BarHistory, BarHistoryRequest } from './bar-history.ts';

/** A history that is loaded when bars are first wanted: most runs want none. */
export class LazyHistory implements BarHistory {
  readonly #isSimulated: () => boolean;
  readonly #load: () => Promise<BarHistory>;
  #loaded: Promise<BarHistory> | undefined;

  constructor(isSimulated: () => boolean, load: () => Promise<BarHistory>) {
    this.#isSimulated = isSimulated;
    this.#load = load;
  }

  get simulated(): boolean {
    return this.#isSimulated();
  }

  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<readonly Bar[]> {
    this.#loaded ??= this.#load();
    yield* (await this.#loaded).read(request, signal);
  }

  close(): void {
    this.#loaded?.then((history) => history.close()).catch(() => {});
  }
}
