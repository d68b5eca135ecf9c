import { runBackgroundHub } from '../../hub/background/background-hub.ts';
import { readHubOrders } from '../../hub/background/hub-orders.ts';
import { answerStarter, describeFailure } from '../../hub/background/starter-answer.ts';
import type { Program } from '../program.ts';
import { hostHub } from './hub-host.ts';

/** Does as the command that started this process says, on its standard input, until the hub ends. Throws coded errors. */
export async function runOrderedHub(program: Program, version: string, signal: AbortSignal): Promise<void> {
  const { clock, env, stdin } = program;
  const orders = await readHubOrders(stdin, clock).catch((error) => {
    answerStarter(describeFailure(error));
    throw error;
  });
  await runBackgroundHub({
    orders,
    env,
    clock,
    signal,
    ready: answerStarter,
    serve: (socketPath, _, log) => hostHub({ orders, socketPath, log, version, lingerMs: orders.lingerMs }, program),
  });
}
