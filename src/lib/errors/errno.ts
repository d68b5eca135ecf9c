/** The code of an error of the system or of Node, such as `EACCES`; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The same for a message: it names no path, host or header, as messages of such errors do. */
export function describeErrno(error: unknown): string {
  return errnoOf(error) ?? 'unknown error';
}

/** What an error of the file system is about. */
export function errnoPathOf(error: unknown): string | undefined {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' ? path : undefined;
}
