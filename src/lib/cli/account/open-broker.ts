import { Broker } from '../../auth/broker.ts';
import { readAuthUrl } from '../../auth/login-request.ts';
import { createOutgoing } from '../../network/route.ts';
import type { CommandContext } from '../program/program.ts';

/** The broker of the environment. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. */
export function openBroker({ program, version }: Pick<CommandContext, 'program' | 'version'>): {
  readonly broker: Broker;
  readonly authUrl: string;
} {
  const { env, clock } = program;
  const authUrl = readAuthUrl(env);
  const outgoing = createOutgoing(env, version);
  // A proxy that cannot be used is a setting to correct.
  outgoing.findRoute(new URL(authUrl));
  return { broker: new Broker({ authUrl, clock, outgoing }), authUrl };
}
