import type { CallLimit } from './call-limit.ts';

/**
 * The limit of calls where the app is known only with its token. What a server refused this process holds for its other connections, too.
 * @template T a token
 */
export class LimitByApp<T> {
  readonly #own: CallLimit;
  readonly #limitOf: ((token: T) => CallLimit) | undefined;

  /** @param own of this process alone @param limitOf the limit of the app of a token; `own` for all without it */
  constructor(own: CallLimit, limitOf: ((token: T) => CallLimit) | undefined) {
    this.#own = own;
    this.#limitOf = limitOf;
  }

  of(token: T): CallLimit {
    const own = this.#own;
    const limit = this.#limitOf?.(token);
    if (limit === undefined) return own;
    return {
      take: async (signal, options) => {
        const turn = await limit.take(signal, options);
        return {
          end: () => turn.end(),
          refused: (waitMs) => {
            own.block(waitMs);
            turn.refused(waitMs);
          },
        };
      },
      block: (delayMs) => own.block(delayMs),
      get blockedMs() {
        return Math.max(own.blockedMs, limit.blockedMs);
      },
    };
  }
}
