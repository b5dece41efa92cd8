/** Entry of dist/server.cjs: the language server over IPC, stdio or a socket (as the arguments say), and its engine's thread. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { isEngineThread, nodeHost, runEngineThread } from './nodeHost.ts';
import { startServer } from './server.ts';

if (isEngineThread()) void runEngineThread(__dirname);
else startServer(createConnection(ProposedFeatures.all), nodeHost(__filename));
