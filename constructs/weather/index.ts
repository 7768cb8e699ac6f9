export * from './backend';
export * from './frontend';
export * from './info';
export * from './openweather';
export * from './service';
