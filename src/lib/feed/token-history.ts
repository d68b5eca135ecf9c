import { type AccessToken, checkAccessToken } from '../auth/access-token.ts';
import type { TokenSource } from '../auth/token-source.ts';
import type { Clock } from '../clock/clock.ts';
import type { CallLimit } from '../data-api/call-limit.ts';
import type { BarHistory, BarHistoryRequest } from '../history/bar-history.ts';
import { HistoryClient } from '../history/history-client.ts';
import type { Bar } from '../market/bar.ts';
import type { Calendar } from '../market/trading-hours.ts';
import type { Outgoing } from '../network/route.ts';

export interface TokenHistoryOptions {
  /** The base of FYERS' market-data calls, without a slash at its end. */
  readonly dataUrl: string;
  readonly tokens: Pick<TokenSource, 'read'>;
  /** Whether the tokens are the simulator's. */
  readonly simulated: boolean;
  /** The limit of the app of a token. */
  readonly limitOf: (token: AccessToken) => CallLimit;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly outgoing: Outgoing;
  readonly calendar: Calendar;
  /** Called when a call waits for the limit, with how long it will at least. */
  readonly onWait?: ((waitMs: number) => void) | undefined;
}

/** The history of an account whose token is another one every day: each read uses the token as it is now. */
export class TokenHistory implements BarHistory {
  readonly #options: TokenHistoryOptions;
  #current: { readonly jwt: string; readonly client: HistoryClient } | undefined;

  constructor(options: TokenHistoryOptions) {
    this.#options = options;
  }

  get simulated(): boolean {
    return this.#options.simulated;
  }

  /** Throws the errors of a token, too. */
  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<Bar[]> {
    const { tokens, clock } = this.#options;
    const token = await tokens.read();
    checkAccessToken(token, clock.now());
    yield* this.#clientOf(token).read(request, signal);
  }

  close(): void {
    this.#current?.client.close();
    this.#current = undefined;
  }

  #clientOf(token: AccessToken): HistoryClient {
    if (this.#current?.jwt === token.jwt) return this.#current.client;
    const { limitOf, tokens: _, ...options } = this.#options;
    // Reads under way with the token before fail, as their calls would.
    this.#current?.client.close();
    const client = new HistoryClient({ ...options, token, limit: limitOf(token) });
    this.#current = { jwt: token.jwt, client };
    return client;
  }
}
