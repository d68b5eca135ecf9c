import type { LookupFunction } from 'node:net';

/**
 * The `lookup` option of everything that connects to a host by its name, instead of Node's own: see look-up-host.ts, which is
 * loaded when there is a name to look up. Most commands connect to a Unix socket only.
 */
export const lookup: LookupFunction = (hostname, options, callback) => {
  import('./look-up-host.ts').then(
    ({ lookUpHost }) => lookUpHost(hostname, options, callback),
    (error: NodeJS.ErrnoException) => callback(error, ''),
  );
};
