export { type Place, WeatherBackend, type WeatherBackendProps } from './backend';
export { WeatherFrontend } from './frontend';
export { WeatherInfo } from './info';
export {
  OPENWEATHER_KEY_VARIABLE,
  OpenWeatherAccess,
  type OpenWeatherAccessProps,
} from './openweather';
export { WeatherService, type WeatherServiceParts, type WeatherServiceProps } from './service';
