import { BACKGROUND_NODE_OPTIONS } from '../../host/small-heap.ts';
import type { Program } from './program.ts';

/** The command that starts a process of this program in the background: `tickpipe internal NAME`. An option that the user gave Node wins. */
export function backgroundCommandOf({ command }: Pick<Program, 'command'>, name: 'hub' | 'record'): readonly string[] {
  const [node = '', ...rest] = command;
  return [node, ...BACKGROUND_NODE_OPTIONS, ...rest, 'internal', name];
}
