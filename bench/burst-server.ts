/*
 * A simulator in a process of its own, told what to do over the parent's channel: `{ burst: n }` sends n updates to the newest
 * client as fast as it reads and answers `{ sent }`. Its first message is `{ environment }`. Arguments: seed, generated symbols.
 */
import { startSimulator } from '../src/lib/simulator/simulator.ts';

const [seed, generated] = process.argv.slice(2).map(Number);
const simulator = await startSimulator({ rate: 0, seed: seed ?? 1, generated: generated ?? 0, ackEvery: 20 });

process.on('message', (message: { readonly burst?: number; readonly subscribed?: number }) => {
  if (message.burst !== undefined) void simulator.burst(message.burst).then((sent) => process.send?.({ sent }));
  if (message.subscribed !== undefined) process.send?.({ subscribed: simulator.connections.at(-1)?.topics.size ?? 0 });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ environment: simulator.environment });
