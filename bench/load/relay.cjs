/* The least that a program of Node can do between two pipes. */
process.stdin.on('data', (chunk) => process.stdout.write(chunk));
