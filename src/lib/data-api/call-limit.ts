/** What a call of the market-data API does with its turn. */
export interface CallTurn {
  /** The call is over, whatever came of it. Safe twice. */
  end(): void;
  /** The server refused the call for the rate, and asked to be left alone for so long. */
  refused(waitMs: number): void;
}

export interface TurnOptions {
  /** How long the call may take at most. */
  readonly mayLastMs: number;
  /** Called when the turn has to wait, with how long it will at least. */
  readonly onWait?: ((waitMs: number) => void) | undefined;
  /** After so many refusals for the rate on one day in India there is no turn; without it, after any number. */
  readonly maxRefusals?: number | undefined;
}

/** Spaces the calls of an app so that no window of time ever holds more of them than FYERS allows. */
export interface CallLimit {
  /**
   * Resolves when the next call may be made, and counts it. Rejects with the signal's reason when aborted, `RATE_LIMITED` when there
   * is no turn today.
   */
  take(signal: AbortSignal, options: TurnOptions): Promise<CallTurn>;
  /** This process makes no call for so long: a server asked for it. */
  block(delayMs: number): void;
  /** How much of the time is left for which the server asked to be left alone. */
  readonly blockedMs: number;
}

/** A number of calls that FYERS allows an app in a time. */
export interface AllowedCalls {
  readonly calls: number;
  readonly windowMs: number;
}

/** What FYERS allows an app. More than three breaches of the minute's limit in a day block the app for the rest of it. */
export const ALLOWED_CALLS: readonly AllowedCalls[] = [
  { calls: 10, windowMs: 1_000 },
  { calls: 200, windowMs: 60_000 },
];
