/** The live feed: one data connection of a FYERS account. */
export interface LiveSource {
  readonly from: 'fyers';
  /**
   * The access token, `APPID:TOKEN`, or a function that gives it. The function is called again before each connection: FYERS ends
   * every token at 06:00 IST. Neither is printed, logged or written anywhere.
   */
  readonly token: string | (() => string | Promise<string>);
  /** Another data socket, `wss://...`; `ws://` only on this machine. */
  readonly socketUrl?: string | undefined;
  /** The base of the market-data REST calls, `https://...`; `http://` only on this machine. */
  readonly dataUrl?: string | undefined;
  /** How long nothing may come in market hours before the connection is checked, milliseconds. 30,000; 0 turns it off. */
  readonly stallTimeoutMs?: number | undefined;
  /** Consecutive failed attempts after which the feed fails. Without it the feed never gives up. */
  readonly maxRetries?: number | undefined;
  /**
   * Connects although another tickpipe of this machine holds the account's connection. FYERS allows one connection per user and
   * closes the older one.
   */
  readonly force?: boolean | undefined;
}

/** Made-up prices, from a simulator in this process. Every row has `simulated: true`. */
export interface SimulatedSource {
  readonly from: 'simulator';
  /** Ticks a second over everything subscribed: 50. */
  readonly rate?: number | undefined;
  /** Decides every price: 1. */
  readonly seed?: number | undefined;
  /** Things to go wrong, as `tickpipe simulate --fault` takes them: `drop@5s`. */
  readonly faults?: readonly string[] | undefined;
}

/** Files that `tickpipe record` wrote. */
export interface RecordedSource {
  readonly from: 'recording';
  /** A file, a folder or a glob pattern. */
  readonly path: string;
  /** How many times as fast as it was recorded: 1. `Infinity` for no waiting. */
  readonly speed?: number | undefined;
  /** Begins again at its end. */
  readonly loop?: boolean | undefined;
}

/** Where ticks come from. */
export type FeedSource = LiveSource | SimulatedSource | RecordedSource;
