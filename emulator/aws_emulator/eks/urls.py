"""The paths of the EKS API: all. Which operation is meant, moto works out from AWS's model."""

from .responses import EksResponse

url_bases = [r"https?://eks\.(.+)\.amazonaws.com"]

url_paths = {"{0}/.*$": EksResponse.dispatch}
