import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createRoutes, type Outgoing } from '../../network/route.ts';
import type { Environment } from '../program/program.ts';

/** How this program's connections leave the machine. @param env whose proxy variables hold @param root the folder of package.json */
export function createOutgoing(env: Environment, root: string): Outgoing {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return { findRoute: createRoutes(env), userAgent: `tickpipe/${version}` };
}
