import type { AccessToken } from '../../auth/access-token.ts';
import { checkAccessToken, parseAccessToken } from '../../auth/access-token.ts';
import { createTokenSource, type TokenSource } from '../../auth/token-source.ts';
import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

export interface SharedTokenOptions {
  /** The token the hub was started with, `APPID:JWT`; undefined when only the file has one. */
  readonly text?: string | undefined;
  /** Read anew for every connection. */
  readonly tokenFile?: string | undefined;
  /** Completes a bare JWT in the file. */
  readonly appId?: string | undefined;
  readonly clock: Clock;
}

/** What became of an offered token; `adopted` is also one that the hub has already and may still use. */
export type Offer = 'adopted' | 'not_newer';

/** The hub's token: the newest of what it was started with, what its file says and what clients of the same user bring. */
export class SharedToken implements TokenSource {
  /** The file that is read anew; undefined without one. */
  readonly file: string | undefined;
  readonly #clock: Clock;
  readonly #source: TokenSource | undefined;
  #held: AccessToken | undefined;
  /** The token that the feed got last. */
  #given: string | undefined;
  /** The token that the feed refused. */
  #refused: string | undefined;

  /** Throws `TOKEN_MALFORMED`. */
  constructor({ text, tokenFile, appId, clock }: SharedTokenOptions) {
    this.#clock = clock;
    this.file = tokenFile;
    const env = { FYERS_APP_ID: appId };
    this.#source = tokenFile === undefined ? undefined : createTokenSource({ tokenFile, env, filesOnly: true });
    if (text !== undefined) this.#held = parseAccessToken(text, { appId });
  }

  /** Epoch milliseconds; null before there is a token. */
  get expiresAtMs(): number | null {
    return this.#held?.expiresAtMs ?? null;
  }

  /** Reads the token file again. Undefined without a file. */
  refresh(): Promise<void> | undefined {
    if (this.#source === undefined) return undefined;
    // When the file cannot be read now, the token stays as it is.
    return this.#newest().then(
      () => {},
      () => {},
    );
  }

  /** The token as it is now, for a call beside the feed. */
  current(): Promise<AccessToken> {
    return this.#newest();
  }

  async read(): Promise<AccessToken> {
    const token = await this.#newest();
    this.#given = token.jwt;
    return token;
  }

  async #newest(): Promise<AccessToken> {
    try {
      const token = await this.#source?.read();
      if (token && this.#isNewer(token)) this.#held = token;
    } catch (error) {
      if (this.#held === undefined) throw error;
    }
    if (this.#held === undefined) throw new TickpipeError('NO_TOKEN', 'no FYERS access token was given');
    return this.#held;
  }

  warnings(): readonly string[] {
    return this.#source?.warnings() ?? [];
  }

  /** A client's token. Throws a coded error for one that cannot be used, or is another user's (`TOKEN_CHANGED_KIND`). */
  offer(text: string): Offer {
    const token = parseAccessToken(text);
    checkAccessToken(token, this.#clock.now());
    const held = this.#held;
    if (held && (held.userId !== token.userId || held.simulated !== token.simulated)) {
      throw new TickpipeError('TOKEN_CHANGED_KIND', 'the token is of another user or another kind of feed');
    }
    // Commands that start at the same time bring the same token: each of them gets the answer that it was adopted.
    if (held?.jwt === token.jwt && token.jwt !== this.#refused) return 'adopted';
    if (!this.#isNewer(token)) return 'not_newer';
    this.#held = token;
    return 'adopted';
  }

  /**
   * The user ended this token, `APPID:JWT`. Returns whether it is the one that the hub has, which is of no use from now on. Throws
   * `TOKEN_MALFORMED`.
   */
  end(text: string): boolean {
    const { jwt } = parseAccessToken(text);
    if (this.#held?.jwt !== jwt) return false;
    // The feed may have read an earlier one, but no connection may be made with this one either.
    this.#given = jwt;
    this.#refused = jwt;
    return true;
  }

  /** The feed refused the token that it read last. */
  refuse(): void {
    this.#refused = this.#given ?? this.#held?.jwt;
  }

  /** Whether a token came that the feed has not read, and that has not expired. */
  get holdsAnother(): boolean {
    const held = this.#held;
    return held !== undefined && held.jwt !== (this.#given ?? held.jwt) && held.expiresAtMs > this.#clock.now();
  }

  /** Whether there is one now that the feed has not refused and that has not expired. */
  async hasUsable(): Promise<boolean> {
    const token = await this.#newest().catch(() => undefined);
    return token !== undefined && token.jwt !== this.#refused && token.expiresAtMs > this.#clock.now();
  }

  #isNewer(token: AccessToken): boolean {
    const held = this.#held;
    if (held === undefined) return true;
    if (held.userId !== token.userId || held.simulated !== token.simulated || held.jwt === token.jwt) return false;
    if (held.jwt === this.#refused || token.expiresAtMs > held.expiresAtMs) return true;
    // All tokens of a day end at the same time.
    return token.expiresAtMs === held.expiresAtMs && token.issuedAtMs > held.issuedAtMs;
  }
}
