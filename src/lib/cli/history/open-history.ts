import { SharedCallLimit } from '../../data-api/shared-call-limit.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { HistoryClient, type HistoryToken } from '../../history/history-client.ts';
import { createOutgoing, DIRECT, type Outgoing } from '../../network/route.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { openAccount, warnOfTokenEnd } from '../feed/account.ts';
import type { CommandContext } from '../program/program.ts';

/** The history of a broker, open for its calls. */
export interface OpenedHistory {
  readonly client: HistoryClient;
  readonly simulated: boolean;
  close(): Promise<void>;
}

/** Opens the history that `--feed` names. Throws `USAGE` for a feed without one, and as `openAccount`. */
export async function openHistory(
  flags: HubFlags,
  context: CommandContext,
  onWait: (waitMs: number) => void,
): Promise<OpenedHistory> {
  const { feed } = flags;
  if (feed === 'fyers') return openAccountHistory(flags, context, onWait);
  if (feed === 'sim') return openSimulatedHistory(context, onWait);
  throw new TickpipeError('USAGE', '--feed: a recording and a hub elsewhere have no history', {
    hint: 'use --feed fyers or --feed sim; tickpipe replay plays recordings',
  });
}

async function openAccountHistory(
  flags: HubFlags,
  context: CommandContext,
  onWait: (waitMs: number) => void,
): Promise<OpenedHistory> {
  const { program, reporter, version } = context;
  const { endpoints, tokens, readToken } = openAccount(flags, context);
  const token = await readToken();
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  warnOfTokenEnd(token.expiresAtMs, context);
  const app = { appId: token.appId, simulatedUser: token.simulated ? token.userId : undefined };
  const outgoing = createOutgoing(program.env, version);
  const client = createClient(endpoints.dataUrl, token, app, outgoing, context, onWait);
  return { client, simulated: token.simulated, close: async () => client.close() };
}

/** A simulator in this process: what it has of the past is what every simulator of the same seed has. */
async function openSimulatedHistory(context: CommandContext, onWait: (waitMs: number) => void): Promise<OpenedHistory> {
  const [{ startSimulator }, { DEFAULT_GENERATED }, { parseAccessToken }] = await Promise.all([
    import('../../simulator/simulator.ts'),
    import('../../simulator/universe-options.ts'),
    import('../../auth/access-token.ts'),
  ]);
  const simulator = await startSimulator({ generated: DEFAULT_GENERATED, clock: context.program.clock });
  try {
    const token = parseAccessToken(simulator.token);
    const app = { appId: token.appId, simulatedUser: token.userId };
    const client = createClient(simulator.dataUrl, token, app, DIRECT, context, onWait);
    return {
      client,
      simulated: true,
      close: async () => {
        client.close();
        await simulator.close();
      },
    };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

function createClient(
  dataUrl: string,
  token: HistoryToken,
  app: { readonly appId: string; readonly simulatedUser: string | undefined },
  outgoing: Outgoing,
  { program: { env, clock } }: CommandContext,
  onWait: (waitMs: number) => void,
): HistoryClient {
  const random = Math.random;
  const limit = new SharedCallLimit({ app: { ...app, dataUrl }, env, clock, random });
  return new HistoryClient({ dataUrl, token, limit, clock, random, outgoing, onWait });
}
