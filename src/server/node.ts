/**
 * Entry of dist/server.cjs: the language server over IPC, stdio or a socket (as the arguments say), and its engine's thread. Whoever requires
 * it starts nothing: the command line does, so that only `interlock lsp` loads a server.
 */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { isEngineThread, nodeHost, runEngineThread } from './nodeHost.ts';
import { startServer } from './server.ts';

export { startLanguageServerOnStdio } from './stdio.ts';

if (isEngineThread()) void runEngineThread(__dirname);
else if (require.main === module) startServer(createConnection(ProposedFeatures.all), nodeHost(__filename));
