import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const SOURCE = /[\\/]node_modules[\\/]ws[\\/]lib[\\/]websocket\.js$/;
const TLS_MODULES = /^const (https|tls) = require\('\1'\);$/gm;
const EXPECTED = 2;

/**
 * Has ws load `node:https` and `node:tls` when it first connects by TLS. They take as long to load as ws itself, and a command that
 * reaches its hub by a Unix socket never needs them.
 */
export const leanWs: Plugin = {
  name: 'lean-ws',
  setup(build) {
    build.onLoad({ filter: SOURCE }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const found = source.match(TLS_MODULES)?.length ?? 0;
      if (found !== EXPECTED)
        throw new Error(`ws loads ${found} modules for TLS, not ${EXPECTED}: see scripts/lean-ws.ts`);
      return {
        contents: source.replace(TLS_MODULES, "const $1 = new Proxy({}, { get: (_, key) => require('$1')[key] });"),
      };
    });
  },
};
