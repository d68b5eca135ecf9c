import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, TLSSocket } from 'node:tls';
import { Overdue, within } from '../../clock/abort.ts';
import { lookup } from '../../host/lookup.ts';
import { describeNetworkFailure } from '../../network/failure.ts';
import { bareHost, findProxy, type HttpProxy, portOf } from '../../network/proxy.ts';
import { connectThrough } from '../../network/tunnel.ts';
import { joinWords } from '../../text/join-words.ts';
import { type Check, passed, untried, warned } from './check.ts';
import type { Doctor } from './doctor.ts';
import { hasTls, isRemote, listOrigins, listTargets, type Target } from './targets.ts';
import { judgeUnreached, type Unreached } from './unreached.ts';

const CONNECT_MS = 8_000;

/** A connection that was made, and how. */
interface Reached {
  readonly target: Target;
  /** `TLSv1.3`; undefined without TLS. */
  readonly protocol: string | undefined;
  readonly proxy: HttpProxy | undefined;
}

/** Whether each server can be connected to, by TLS with a certificate that is trusted, through the proxy where there is one. */
export const tlsCheck: Check = {
  appliesTo: isRemote,
  after: ['names'],
  limitMs: CONNECT_MS + 1_000,
  run: async (doctor, signal) => {
    const { env } = doctor.context.program;
    const origins = listOrigins(listTargets(doctor.feed, env));
    const found = origins.filter(({ url }) => doctor.network.whyUnreachable(url) === undefined);
    if (found.length === 0) return untried('no server was found');
    const reached: Reached[] = [];
    const unreached: Unreached[] = [];
    const visit = async (target: Target): Promise<void> => {
      try {
        reached.push(await reach(target, doctor, signal));
      } catch (error) {
        signal.throwIfAborted();
        const failure = describeNetworkFailure(error, target.url);
        doctor.network.add(target.url, failure.message);
        unreached.push({ targets: [target], failure });
      }
    };
    await Promise.all(found.map(visit));
    const trouble = judgeUnreached(unreached);
    if (trouble) return trouble;
    const description = describeReached(
      origins.flatMap(({ url }) => reached.filter(({ target }) => target.url === url)),
    );
    if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return passed(description);
    const what = 'certificates are not checked: NODE_TLS_REJECT_UNAUTHORIZED is 0';
    return warned(`${description}; ${what}`, 'unset it, and set NODE_EXTRA_CA_CERTS instead');
  },
};

function describeReached(reached: readonly Reached[]): string {
  const ways = new Map<string, string[]>();
  for (const { target, protocol, proxy } of reached) {
    const through = proxy === undefined ? '' : ` through the proxy ${proxy.host} (${proxy.variable})`;
    const way = `${protocol ?? 'without TLS'}${through}`;
    ways.set(way, [...(ways.get(way) ?? []), target.url.host]);
  }
  return [...ways].map(([way, hosts]) => `${joinWords([...new Set(hosts)])}: ${way}`).join('; ');
}

async function reach(target: Target, { context }: Doctor, signal: AbortSignal): Promise<Reached> {
  const { url } = target;
  const proxy = findProxy(url, context.program.env);
  const socket = proxy ? await connectThrough(proxy, url, CONNECT_MS) : connectDirectly(url);
  try {
    await within(CONNECT_MS, context.program.clock, signal, () => whenOpen(socket));
    const protocol = socket instanceof TLSSocket ? (socket.getProtocol() ?? 'TLS') : undefined;
    return { target, protocol, proxy };
  } catch (error) {
    throw error instanceof Overdue ? Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }) : error;
  } finally {
    socket.destroy();
  }
}

function connectDirectly(url: URL): Socket {
  const host = bareHost(url);
  const options = { host, port: portOf(url), lookup };
  return hasTls(url) ? connectSecure({ ...options, servername: isIP(host) ? '' : host }) : connectPlain(options);
}

/** Resolves when a connection is made, with TLS where it has that. */
function whenOpen(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!(socket instanceof TLSSocket) && !socket.connecting) resolve();
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => resolve());
    // It stays: an error may follow the end of the wait.
    socket.on('error', reject);
  });
}
