import { originOf } from './targets.ts';

/** Which servers the network checks could not reach, for the checks that connect to them later. */
export class NetworkFindings {
  readonly #reasons = new Map<string, string>();

  /** @param reason without an address or a secret */
  add(url: URL, reason: string): void {
    this.#reasons.set(originOf(url), reason);
  }

  /** Why a server cannot be reached; undefined when nothing is known against it. */
  whyUnreachable(url: URL): string | undefined {
    return this.#reasons.get(originOf(url));
  }
}
