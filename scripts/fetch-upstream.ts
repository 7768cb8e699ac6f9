/**
 * `npm run upstream` gets what the tests hold the project against, of the pinned versions: the CRDs of the
 * meshes, of the Prometheus Operator and of the Gateway API, the charts and their values, and Helm to render
 * them. `npm test` and `npm run conformance` begin with it, and go on without what could not be had
 * (`--go-on`): they say what they skip for want of it.
 */
import { messageOf } from '../constructs/problems';
import { linkerdSchemasFolder, schemasFolder } from '../support/upstream/schemas';
import { chartsFolder } from '../support/upstream/helm-render';
import { HELM } from '../versions';
import { buildHelm, fetchCharts, helmProgram } from '../support/upstream/helm';
import { fetchLinkerdSchemas, fetchSchemas } from '../support/upstream/fetched-schemas';
import {
  fetchModuleCrds,
  GATEWAY_API_CRDS,
  moduleCrdFiles,
  MONITORING_CRDS,
} from '../support/upstream/module-crds';
import { EXIT, runProgram } from '../support/terminal/user-error';

async function main(): Promise<number> {
  const missing: string[] = [];
  const get = async (what: string, fetch: () => Promise<void> | void) => {
    try {
      await fetch();
      console.error(`Fetched: ${what}.`);
    } catch (error) {
      missing.push(what);
      console.error(`Not to be had: ${what}: ${messageOf(error)}`);
    }
  };
  if (schemasFolder() === undefined) await get("CRDs and charts' values", () => fetchSchemas());
  if (linkerdSchemasFolder() === undefined)
    await get("CRDs and charts' values of Linkerd", () => fetchLinkerdSchemas());
  if (helmProgram() === undefined) {
    console.error(`Building Helm ${HELM.version}, once; it takes some minutes ...`);
    await get('Helm', () => buildHelm());
  }
  for (const crds of [MONITORING_CRDS, GATEWAY_API_CRDS]) {
    if (moduleCrdFiles(crds) === undefined) await get(crds.title, () => fetchModuleCrds(crds));
  }
  const helm = helmProgram();
  if (chartsFolder() === undefined && helm !== undefined)
    await get('charts', () => fetchCharts(helm));
  if (missing.length > 0) console.error(`Tests that need them are skipped: ${missing.join(', ')}.`);
  return missing.length === 0 || process.argv.includes('--go-on') ? EXIT.right : EXIT.wrong;
}

void runProgram(main);
