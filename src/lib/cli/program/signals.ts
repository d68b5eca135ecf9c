/** The status of a program ended by a signal: 128 and the signal's number. */
export const SIGNAL_STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof SIGNAL_STATUS;
export type SignalStatus = (typeof SIGNAL_STATUS)[StopSignal];

/** The process, or an emitter of a test. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

const STOP_SIGNALS = Object.keys(SIGNAL_STATUS) as StopSignal[];

/** The first stop signal asks for an orderly end, the second ends the process. */
export class Interrupts {
  readonly #source: SignalSource;
  readonly #controller = new AbortController();
  readonly #listeners: ReadonlyMap<StopSignal, () => void>;
  #status: SignalStatus | undefined;

  /** @param exitNow called by the second signal */
  constructor(source: SignalSource, exitNow: (status: number) => void) {
    this.#source = source;
    this.#listeners = new Map(STOP_SIGNALS.map((name) => [name, () => this.#receive(name, exitNow)]));
    for (const [name, listener] of this.#listeners) source.on(name, listener);
  }

  /** Aborted by the first signal; its reason is the signal's name. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 129, 130 or 143 once a signal has come. */
  get status(): SignalStatus | undefined {
    return this.#status;
  }

  /** Stops listening: signals have their default action again. Safe to call twice. */
  close(): void {
    for (const [name, listener] of this.#listeners) this.#source.off(name, listener);
  }

  #receive(name: StopSignal, exitNow: (status: number) => void): void {
    if (this.#status !== undefined) {
      exitNow(SIGNAL_STATUS[name]);
      return;
    }
    this.#status = SIGNAL_STATUS[name];
    this.#controller.abort(name);
  }
}
