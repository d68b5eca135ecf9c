import { BaseCommand } from '../lib/cli/base-command.ts';
import { hostHub } from '../lib/cli/hub-host.ts';
import { logHub } from '../lib/cli/hub-log.ts';
import { runBackgroundHub } from '../lib/hub/background/background-hub.ts';
import { readOrders } from '../lib/hub/background/hub-orders.ts';
import { answerStarter, describeFailure } from '../lib/hub/background/starter-answer.ts';

/** What other commands start in the background. */
export default class Hub extends BaseCommand {
  static override hidden = true;
  static override summary = 'the shared session in the background; started by other commands';

  override async run(): Promise<number> {
    const { clock, env, stdin } = this.program;
    const orders = await readOrders(stdin, clock).catch((error) => {
      answerStarter(describeFailure(error));
      throw error;
    });
    await runBackgroundHub({
      orders,
      env,
      clock,
      signal: this.interrupts.signal,
      ready: answerStarter,
      serve: async (socketPath, _, log) => {
        const { version } = this.config;
        const onBug = (error: unknown): void =>
          log.write(error instanceof Error ? (error.stack ?? error.message) : 'bug');
        const server = await hostHub({ orders, version, lingerMs: orders.lingerMs, onBug }, this.program);
        try {
          logHub(server.hub, (line) => log.write(line));
          await server.listen({ path: socketPath }, { isTrusted: true, allowOrigins: [] });
          return server;
        } catch (error) {
          await server.close();
          throw error;
        }
      },
    });
    return 0;
  }
}
