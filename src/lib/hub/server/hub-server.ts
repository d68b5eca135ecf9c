import type { Timer } from '../../clock/clock.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { Hub } from '../core/hub.ts';
import type { HubOptions } from '../core/hub-options.ts';
import type { HubEnd } from '../daemon/locked-hub.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import type { AccessRules } from './access-policy.ts';
import { type Api, createApi } from './api.ts';
import { checkBind } from './bind-check.ts';
import { FairTurns } from './fair-turns.ts';
import { HubTexts } from './hub-texts.ts';
import { type ListenAddress, type Listener, openListener } from './listener.ts';
import type { ListenRequest } from './rows-client.ts';

/** The client for which it was started must find it, however short it lingers. */
const FIRST_CLIENT_MS = 5_000;

export interface HubServerOptions extends HubOptions {
  /** Where the files of the page are. */
  readonly webFolder: string;
  readonly version: string;
  /** How long it stays without a client; undefined for ever. */
  readonly lingerMs?: number | undefined;
  /** Called with an error that can only be a mistake of the hub. */
  readonly onBug: (error: unknown) => void;
}

/** A hub with its API, and the addresses it is served at. */
export class HubServer {
  readonly hub: Hub;
  /** Resolves when the hub should end, to why. */
  readonly done: Promise<HubEnd>;
  readonly #api: Api;
  readonly #texts: HubTexts;
  readonly #turns = new FairTurns();
  readonly #lingerMs: number | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #finish: (why: HubEnd) => void;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** Opens the feed and prepares the API; nothing is served before `listen`. Throws why the feed cannot be opened. */
  static async open(options: HubServerOptions): Promise<HubServer> {
    const hub = await Hub.open(options);
    let finish = (_: HubEnd): void => {};
    const done = new Promise<HubEnd>((resolve) => {
      finish = resolve;
    });
    const { webFolder, version, onBug } = options;
    const texts = new HubTexts(hub);
    const api = await createApi({ hub, texts, webFolder, version, onBug, stop: () => finish('stopped') });
    return new HubServer(hub, api, texts, options.lingerMs, done, finish);
  }

  private constructor(
    hub: Hub,
    api: Api,
    texts: HubTexts,
    lingerMs: number | undefined,
    done: Promise<HubEnd>,
    finish: (why: HubEnd) => void,
  ) {
    this.hub = hub;
    this.done = done;
    this.#api = api;
    this.#texts = texts;
    this.#lingerMs = lingerMs;
    this.#finish = finish;
    hub.observe({ sessionsChanged: () => this.#linger() });
    this.#linger(FIRST_CLIENT_MS);
  }

  /** Serves the API at an address. Throws `LISTEN_FAILED`. */
  async listen(address: ListenAddress, rules: AccessRules): Promise<Listener> {
    try {
      const listener = await openListener(address, {
        hub: this.hub,
        rules,
        turns: this.#turns,
        texts: this.#texts,
        handle: (request, response, policy) => this.#api.handle(request, response, policy),
        listen: rules.isTrusted ? (request) => this.#listenFor(request) : undefined,
        // A hub in the foreground ends only by its user.
        giveWay: rules.isTrusted && this.#lingerMs !== undefined ? () => this.#finish('replaced') : undefined,
      });
      this.#listeners.add(listener);
      return listener;
    } catch (error) {
      throw listenFailed(address, error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#timer?.cancel();
      // A check of silent symbols may find a loss: it is reported while clients are connected.
      if (this.hub.sessionCount > 0) await this.hub.concludeProbe();
      const listeners = Promise.all(Array.from(this.#listeners, (listener) => listener.close()));
      await this.hub.close();
      await listeners;
      await this.#api.close();
      this.#texts.close();
    })();
    return this.#closing;
  }

  /** For a command that is attached: as long as it is. */
  async #listenFor({ host, port, allowOrigins, token }: ListenRequest): Promise<Listener> {
    checkBind(host, token);
    const listener = await this.listen({ host, port }, { isTrusted: false, allowOrigins, token });
    return {
      url: listener.url,
      close: async () => {
        this.#listeners.delete(listener);
        await listener.close();
      },
    };
  }

  #linger(atLeastMs = 0): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#lingerMs === undefined || this.hub.sessionCount > 0 || this.#closing) return;
    // A hub that never reached its feed does not linger: the next command may have better network settings.
    const lingerMs = this.hub.wasLive ? this.#lingerMs : 0;
    this.#timer = this.hub.clock.after(Math.max(lingerMs, atLeastMs), () => this.#finish('unused'));
  }
}

function listenFailed(address: ListenAddress, error: unknown): TickpipeError {
  const code = describeErrno(error);
  if ('path' in address) {
    return new HubUnreachable(`the hub's socket cannot be made (${code})`, { cause: error });
  }
  const reason = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
  return new TickpipeError('LISTEN_FAILED', `${address.host} port ${address.port} ${reason}`, { cause: error });
}
