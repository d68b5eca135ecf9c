import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timer } from '../../clock/clock.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { Hub } from '../core/hub.ts';
import type { HubOptions } from '../core/hub-options.ts';
import type { HubEnd } from '../daemon/locked-hub.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import type { AccessPolicy, AccessRules } from './access-policy.ts';
import type { Api } from './api.ts';
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
  readonly #options: HubServerOptions;
  readonly #texts: HubTexts;
  readonly #turns = new FairTurns();
  readonly #lingerMs: number | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #finish: (why: HubEnd) => void;
  #api: Api | undefined;
  #loading: Promise<Api> | undefined;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** Opens the feed; nothing is served before `listen`. Throws why the feed cannot be opened. */
  static async open(options: HubServerOptions): Promise<HubServer> {
    return new HubServer(await Hub.open(options), options);
  }

  private constructor(hub: Hub, options: HubServerOptions) {
    this.hub = hub;
    this.#options = options;
    this.#texts = new HubTexts(hub);
    let finish = (_: HubEnd): void => {};
    this.done = new Promise((resolve) => {
      finish = resolve;
    });
    this.#finish = finish;
    this.#lingerMs = options.lingerMs;
    hub.observe({ sessionsChanged: () => this.#linger() });
    this.#linger(FIRST_CLIENT_MS);
  }

  /** Serves the API at an address. Throws `LISTEN_FAILED`. */
  async listen(address: ListenAddress, rules: AccessRules): Promise<Listener> {
    if (!rules.isTrusted) await this.#loadApi();
    try {
      const listener = await openListener(address, {
        hub: this.hub,
        rules,
        turns: this.#turns,
        texts: this.#texts,
        handle: (request, response, policy) => this.#handle(request, response, policy),
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
      await this.#loading?.then(
        (api) => api.close(),
        () => {},
      );
      this.#texts.close();
    })();
    return this.#closing;
  }

  #handle(request: IncomingMessage, response: ServerResponse, policy: AccessPolicy): void {
    if (this.#api) {
      this.#api.handle(request, response, policy);
      return;
    }
    this.#loadApi().then(
      (api) => {
        // The caller may have left.
        if (!request.socket.destroyed) api.handle(request, response, policy);
      },
      // The files of the program were replaced by those of another version. `tickpipe stop` ends a hub that does not answer by a signal.
      (error: unknown) => {
        this.#options.onBug(error);
        request.socket.destroy();
      },
    );
  }

  /** Loading the web framework and its schemas takes longer than the rest of a start, and most hubs have only commands as clients. */
  #loadApi(): Promise<Api> {
    const { webFolder, version, onBug } = this.#options;
    const { hub } = this;
    this.#loading ??= import('./api.ts').then(async ({ createApi }) => {
      const stop = (): void => this.#finish('stopped');
      this.#api = await createApi({ hub, texts: this.#texts, webFolder, version, onBug, stop });
      return this.#api;
    });
    return this.#loading;
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
