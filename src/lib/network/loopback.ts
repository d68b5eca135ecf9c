/** Whether a URL's host can only be this machine: `localhost`, `[::1]` or 127.0.0.0/8. @param hostname as `URL` gives it */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
