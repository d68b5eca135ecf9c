import type { RefreshProgress } from '../../symbols/master/symbol-master.ts';
import { formatByteSize } from '../program/amounts.ts';
import type { Spinner } from '../program/spinner.ts';

/** Shows how much of the symbol master has been fetched, once there is something to show. */
export class FetchProgress {
  readonly #start: (text: string) => Promise<Spinner | undefined>;
  readonly #files = new Map<string, RefreshProgress>();
  #spinner: Promise<Spinner | undefined> | undefined;
  #text = '';
  #isOver = false;

  /** @param start starts the animation with its first text; it has none where nobody watches */
  constructor(start: (text: string) => Promise<Spinner | undefined>) {
    this.#start = start;
  }

  received(progress: RefreshProgress): void {
    this.#files.set(progress.name, progress);
    this.#show(this.#describe());
  }

  /** Another process fetches it. */
  waiting(): void {
    this.#show('another tickpipe is fetching the symbol master');
  }

  end(): void {
    this.#isOver = true;
    void this.#spinner?.then((spinner) => spinner?.stop());
  }

  #show(text: string): void {
    this.#text = text;
    if (this.#isOver) return;
    this.#spinner ??= this.#start(text);
    void this.#spinner.then((spinner) => {
      if (this.#isOver) spinner?.stop();
      else spinner?.setText(this.#text);
    });
  }

  /** `fetching the symbol master: NSE_FO, 3.4 MB of 12 MB`: the file that came last, and all of what was received. */
  #describe(): string {
    const files = [...this.#files.values()];
    const received = files.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    const names = files.filter(({ receivedBytes, totalBytes }) => receivedBytes !== totalBytes).map(({ name }) => name);
    const some = names.length === 0 ? '' : `${names.join(', ')}, `;
    return `fetching the symbol master: ${some}${formatByteSize(received)}`;
  }
}
