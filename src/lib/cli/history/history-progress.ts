import { describeCallWait } from '../../data-api/shared-call-limit.ts';
import type { CommandContext } from '../program/program.ts';
import { type Spinner, startSpinner } from '../program/spinner.ts';

/** The shortest wait for the limit that is worth a word. */
const MIN_SHOWN_WAIT_MS = 1_500;

/** Says on a terminal how far the history is. */
export class HistoryProgress {
  readonly #context: CommandContext;
  readonly #isShown: boolean;
  #spinner: Promise<Spinner | undefined> | undefined;
  #text = '';
  #isOver = false;

  /** @param isShown false where rows appear on the same terminal meanwhile */
  constructor(context: CommandContext, isShown: boolean) {
    this.#context = context;
    this.#isShown = isShown;
  }

  /** @param place of the symbol among all, from 1 */
  reading(symbol: string, place: number, symbols: number, bars: number): void {
    const which = symbols === 1 ? symbol : `${symbol} (${place} of ${symbols})`;
    this.#show(`history of ${which}: ${bars.toLocaleString('en-IN')} bars`);
  }

  waiting(waitMs: number): void {
    if (waitMs >= MIN_SHOWN_WAIT_MS) this.#show(describeCallWait(waitMs));
  }

  end(): void {
    this.#isOver = true;
    void this.#spinner?.then((spinner) => spinner?.stop());
  }

  #show(text: string): void {
    this.#text = text;
    if (!this.#isShown || this.#isOver) return;
    const { program, reporter } = this.#context;
    this.#spinner ??= startSpinner(program, reporter, text);
    void this.#spinner.then((spinner) => {
      if (this.#isOver) spinner?.stop();
      else spinner?.setText(this.#text);
    });
  }
}
