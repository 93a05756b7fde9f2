use std::fmt;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::crypto::agreement::{AgreementError, KeyPair};
use crate::crypto::number::from_hex;

/// The groups of RFC 5114 that documents may use (Doc 9303-11, table 5, numbers 0 to 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModpGroup {
    /// 1024-bit prime, 160-bit subgroup.
    Modp1024Sub160,
    /// 2048-bit prime, 224-bit subgroup.
    Modp2048Sub224,
    /// 2048-bit prime, 256-bit subgroup.
    Modp2048Sub256,
}

impl fmt::Display for ModpGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Modp1024Sub160 => "RFC 5114 1024/160",
            Self::Modp2048Sub224 => "RFC 5114 2048/224",
            Self::Modp2048Sub256 => "RFC 5114 2048/256",
        })
    }
}

/// Modulus, generator and order of the subgroup, as hex.
struct Parameters {
    p: &'static str,
    g: &'static str,
    q: &'static str,
}

impl ModpGroup {
    const fn parameters(self) -> &'static Parameters {
        match self {
            Self::Modp1024Sub160 => &MODP_1024_160,
            Self::Modp2048Sub224 => &MODP_2048_224,
            Self::Modp2048Sub256 => &MODP_2048_256,
        }
    }

    /// The subgroup's generator, in modulus length.
    pub(crate) fn generator(self) -> Result<Vec<u8>, AgreementError> {
        Ok(number(self.parameters().g)?.to_be_bytes().to_vec())
    }

    /// The prime and the order of its subgroup, big-endian.
    pub(crate) fn modulus_and_order(self) -> (Vec<u8>, Vec<u8>) {
        (from_hex(self.parameters().p), from_hex(self.parameters().q))
    }

    /// A key pair over `generator`.
    pub(crate) fn key_pair(self, generator: &[u8], rng: &mut dyn CryptoRng) -> Result<KeyPair, AgreementError> {
        // As many bits as the subgroup's order has; zero is the one value that must not be.
        let mut secret = Zeroizing::new(vec![0; self.parameters().q.len() / 2]);
        rng.fill_bytes(&mut secret);
        if secret.iter().all(|byte| *byte == 0) {
            return Err(AgreementError::Randomness);
        }
        let public = self.power(generator, &secret)?;
        Ok(KeyPair { secret, public: public.to_vec() })
    }

    /// The shared secret, in modulus length.
    pub(crate) fn agree(self, secret: &[u8], public: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
        self.power(public, secret)
    }

    /// The generic mapping: `g^s · h` (Doc 9303-11, 4.4.3.3.1).
    pub(crate) fn map(self, nonce: &[u8], shared: &[u8]) -> Result<Vec<u8>, AgreementError> {
        let power = self.power(&self.generator()?, nonce)?;
        let product = self.element(&power)?.mul(&self.element(shared)?);
        Ok(product.retrieve().to_be_bytes().to_vec())
    }

    /// Raises an element of the subgroup to a secret power.
    fn power(self, base: &[u8], exponent: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgreementError> {
        let base = self.element(base)?;
        let bits = u32::try_from(exponent.len() * 8).map_err(|_| AgreementError::Key)?;
        let exponent = Zeroizing::new(BoxedUint::from_be_slice(exponent, bits).map_err(|_| AgreementError::Key)?);
        Ok(Zeroizing::new(base.pow(&exponent).retrieve().to_be_bytes().to_vec()))
    }

    /// An element of the subgroup other than 1: anything else could give a key away.
    fn element(self, bytes: &[u8]) -> Result<BoxedMontyForm, AgreementError> {
        let params = self.modulus()?;
        let value = BoxedUint::from_be_slice(bytes, params.bits_precision()).map_err(|_| AgreementError::Key)?;
        let modulus: &BoxedUint = params.modulus().as_ref();
        if value.cmp_vartime(modulus).is_ge() || value.bits() <= 1 {
            return Err(AgreementError::Key);
        }
        let element = BoxedMontyForm::new(value, &params);
        let order = number(self.parameters().q)?;
        if element.pow(&order) == BoxedMontyForm::one(&params) { Ok(element) } else { Err(AgreementError::Key) }
    }

    fn modulus(self) -> Result<BoxedMontyParams, AgreementError> {
        let odd = Odd::new(number(self.parameters().p)?).into_option().ok_or(AgreementError::Key)?;
        Ok(BoxedMontyParams::new_vartime(odd))
    }
}

/// One of the numbers below.
fn number(hex: &str) -> Result<BoxedUint, AgreementError> {
    let bytes = from_hex(hex);
    let bits = u32::try_from(bytes.len() * 8).map_err(|_| AgreementError::Key)?;
    BoxedUint::from_be_slice(&bytes, bits).map_err(|_| AgreementError::Key)
}

const MODP_1024_160: Parameters = Parameters {
    p: "B10B8F96A080E01DDE92DE5EAE5D54EC52C99FBCFB06A3C69A6A9DCA52D23B616073E28675A23D189838EF1E2EE652C0\
        13ECB4AEA906112324975C3CD49B83BFACCBDD7D90C4BD7098488E9C219A73724EFFD6FAE5644738FAA31A4FF55BCCC0\
        A151AF5F0DC8B4BD45BF37DF365C1A65E68CFDA76D4DA708DF1FB2BC2E4A4371",
    g: "A4D1CBD5C3FD34126765A442EFB99905F8104DD258AC507FD6406CFF14266D31266FEA1E5C41564B777E690F5504F213\
        160217B4B01B886A5E91547F9E2749F4D7FBD7D3B9A92EE1909D0D2263F80A76A6A24C087A091F531DBF0A0169B6A28A\
        D662A4D18E73AFA32D779D5918D08BC8858F4DCEF97C2A24855E6EEB22B3B2E5",
    q: "F518AA8781A8DF278ABA4E7D64B7CB9D49462353",
};

const MODP_2048_224: Parameters = Parameters {
    p: "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DBAF9A3C407BA1DF15\
        EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8D91E8FEF55B7394B7AD5B7D0B6C12207\
        C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708B3BF8A317091883681286130BC8985DB1602E714415D9330\
        278273C7DE31EFDC7310F7121FD5A07415987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8\
        BE60E69CC928B2B9C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71\
        CF9DE5384E71B81C0AC4DFFE0C10E64F",
    g: "AC4032EF4F2D9AE39DF30B5C8FFDAC506CDEBE7B89998CAF74866A08CFE4FFE3A6824A4E10B9A6F0DD921F01A70C4AFA\
        AB739D7700C29F52C57DB17C620A8652BE5E9001A8D66AD7C17669101999024AF4D027275AC1348BB8A762D0521BC98A\
        E247150422EA1ED409939D54DA7460CDB5F6C6B250717CBEF180EB34118E98D119529A45D6F834566E3025E316A330EF\
        BB77A86F0C1AB15B051AE3D428C8F8ACB70A8137150B8EEB10E183EDD19963DDD9E263E4770589EF6AA21E7F5F2FF381\
        B539CCE3409D13CD566AFBB48D6C019181E1BCFE94B30269EDFE72FE9B6AA4BD7B5A0F1C71CFFF4C19C418E1F6EC0179\
        81BC087F2A7065B384B890D3191F2BFA",
    q: "801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB",
};

const MODP_2048_256: Parameters = Parameters {
    p: "87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4FAF7DF4561B2AA30\
        16C3D91134096FAA3BF4296D830E9A7C209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B\
        6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76B63ACAE1CAA6B7902D52526735488A0E\
        F13C6D9A51BFA4AB3AD8347796524D8EF6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026\
        C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F\
        693877FAD7EF09CADB094AE91E1A1597",
    g: "3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463FFF4FED4AAC0BB555\
        BE3A6C1B0C6B47B1BC3773BF7E8C6F62901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B\
        777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193B5045AF2767164E1DFC967C1FB3F2E55\
        A4BD1BFFE83B9C80D052B985D182EA0ADB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915\
        B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D4795451\
        5E2327CFEF98C582664B4C0F6CC41659",
    q: "8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3",
};
