/** Name of the port of a pod that shows metrics. */
export const METRICS_PORT_NAME = 'metrics';

/** Value of the label `app.kubernetes.io/part-of` of all that belongs to a federation. */
export const PART_OF = 'mesh-federation';

/** Value of the label `app.kubernetes.io/component` of borders. */
export const BORDER_COMPONENT = 'border';

/** Finds borders, as `labelSelector`. */
export const BORDER_SELECTOR = `app.kubernetes.io/part-of=${PART_OF},app.kubernetes.io/component=${BORDER_COMPONENT}`;

/** Value of the label `app.kubernetes.io/component` of what shows the jobs' metrics. */
export const METRICS_COMPONENT = 'metrics';
