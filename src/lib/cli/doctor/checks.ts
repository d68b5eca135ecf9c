import { clockCheck } from './clock-check.ts';
import { configurationCheck } from './configuration-check.ts';
import { diskCheck } from './disk-check.ts';
import { foldersCheck } from './folders-check.ts';
import { hubCheck } from './hub-check.ts';
import { masterCheck } from './master-check.ts';
import { namesCheck } from './names-check.ts';
import { programCheck } from './program-check.ts';
import type { Checks } from './run-checks.ts';
import { snapshotCheck } from './snapshot-check.ts';
import { socketCheck } from './socket-check.ts';
import { tlsCheck } from './tls-check.ts';
import { tokenCheck } from './token-check.ts';

export const CHECKS: Checks = {
  program: programCheck,
  clock: clockCheck,
  configuration: configurationCheck,
  token: tokenCheck,
  names: namesCheck,
  tls: tlsCheck,
  socket: socketCheck,
  snapshot: snapshotCheck,
  hub: hubCheck,
  master: masterCheck,
  folders: foldersCheck,
  disk: diskCheck,
};
