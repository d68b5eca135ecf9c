import type { HttpProxy } from './proxy.ts';

/** A proxy that did not open the tunnel it was asked for. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly proxy: HttpProxy;
  /** The HTTP status of its refusal; undefined when it could not be asked, for the reason in `cause`. */
  readonly status: number | undefined;

  constructor(proxy: HttpProxy, { status, cause }: { status?: number | undefined; cause?: unknown }) {
    super('the proxy did not connect', { cause });
    this.proxy = proxy;
    this.status = status;
  }
}
