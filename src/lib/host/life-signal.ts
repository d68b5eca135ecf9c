import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { errnoOf } from '../errors/errno.ts';

/*
 * A socket that a process listens at as long as it lives. The kernel ends that at the process's death, and answers for it to
 * all processes that see the file, also in another container with the same directory, where the pid means nothing.
 */

/** A longer path cannot be bound: the kernel takes 107 bytes, macOS 103. */
const MAX_SOCKET_PATH_BYTES = 100;

export interface LifeSignal {
  /** Safe twice. */
  close(): void;
}

/** `gone`: the process that listened has ended. `missing`: there is no such socket. */
export type LifeAnswer = 'alive' | 'gone' | 'missing';

/** Undefined where the file system knows no sockets. It does not keep the process from its end. */
export async function openLifeSignal(file: string): Promise<LifeSignal | undefined> {
  const server = createServer((connection) => connection.destroy());
  server.unref();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    // The path is bound before `listen` returns.
    withShortPath(file, (short) => server.listen({ path: short, exclusive: true }, () => resolve(true)));
  });
  return isListening ? { close: () => closeServer(server, file) } : undefined;
}

function closeServer(server: Server, file: string): void {
  if (!server.listening) return;
  server.close();
  rmSync(file, { force: true });
}

/** Asks whether the process that opened a life signal runs. `alive` also when that cannot be found out. */
export function askLifeSignal(file: string): Promise<LifeAnswer> {
  return new Promise((resolve) => {
    withShortPath(file, (short) => {
      const socket = connect({ path: short });
      const settle = (answer: LifeAnswer): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('connect', () => settle('alive'));
      socket.once('error', (error) => {
        const code = errnoOf(error);
        settle(code === 'ECONNREFUSED' ? 'gone' : code === 'ENOENT' ? 'missing' : 'alive');
      });
    });
  });
}

/** Linux finds a file by its name in an open directory, however long the directory's path is. */
function withShortPath(file: string, use: (short: string) => void): void {
  if (Buffer.byteLength(file) <= MAX_SOCKET_PATH_BYTES || process.platform !== 'linux') {
    use(file);
    return;
  }
  const folder = openSync(path.dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    use(`/proc/self/fd/${folder}/${path.basename(file)}`);
  } finally {
    closeSync(folder);
  }
}
