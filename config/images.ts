import { z } from 'zod';
import { whenChanged } from './change';
import { registry } from './formats';

/** Where all images come from that a deploy names. */
export const DOCKER_HUB = 'docker.io';

/** Settings that hold for all images. */
export const imageSettings = z
  .strictObject({
    registry: registry
      .optional()
      .describe(
        `Mirror of ${DOCKER_HUB} that charts, borders, jobs and the application follow, with the ` +
          'folders of the original: registry.example.com/hub stands for docker.io, so the image ' +
          'docker.io/library/node is registry.example.com/hub/library/node there. `npm run images` lists ' +
          "what it must have. A mesh's or a part's own setting comes first.",
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'istiod, Consul, gateways, borders and the application; sidecars at the next start of their pods',
        ),
      ),
    ecrPullThroughCache: z
      .strictObject({
        credentialArn: z
          .string()
          .regex(
            /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:ecr-pullthroughcache\/.+$/,
            'must be the ARN of a secret whose name starts with "ecr-pullthroughcache/"',
          )
          .describe(
            'Secret with `username` and `accessToken` of Docker Hub, which answers nobody else by ' +
              'this way.',
          )
          .meta(whenChanged('in-place')),
        prefix: z
          .string()
          .regex(/^[a-z0-9]+([-_./][a-z0-9]+)*$/, 'must be lower case letters, digits and "-_./"')
          .max(30)
          .default('docker-hub')
          .describe('What the names of the copies start with.')
          .meta(whenChanged('replaces', 'the rule; copies of before stay, and pods roll')),
      })
      .optional()
      .describe(
        'A cache of docker.io in the ECR of aws.accountId and aws.region, which fetches an image when ' +
          'it is first asked for; not with registry. Copies stay after a destroy. Default: none.',
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'as registry does. Taken out, the rule stays in ECR, which costs nothing',
        ),
      ),
  })
  .prefault({});
